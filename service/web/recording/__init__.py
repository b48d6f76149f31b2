"""Forms by which people record facts: made from the payload classes and the policy, and read back with kindness."""
