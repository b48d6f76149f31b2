"""Which roles lead others: they see teams and figures, and say who is away, covers or takes over."""

MANAGERS = ("team_manager", "service_manager", "hub_team_manager", "hub_service_manager", "head_of_service")
