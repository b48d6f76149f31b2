"""What is owed: which facts a rule matches, and the obligations that follow from them."""
