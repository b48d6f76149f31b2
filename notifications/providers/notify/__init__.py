"""Email and texts through GOV.UK Notify."""
