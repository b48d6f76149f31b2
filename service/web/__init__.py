"""The pages that people look at: plans, how their obligations stand, what was sent and why."""
