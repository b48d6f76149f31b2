"""One database for a country: how it costs as more and more is stored."""
