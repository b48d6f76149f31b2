"""Looking at plans, and what a look brings out."""
