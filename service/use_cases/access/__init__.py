"""Who may see what: sights of plans, roles held now, and the sessions of those who are signed in."""
