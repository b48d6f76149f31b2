"""What each type of event carries, as strict models: section 1 of the contract, one file a theme."""
