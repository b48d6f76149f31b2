"""Claims about the code itself: layers, purity, size, words."""
