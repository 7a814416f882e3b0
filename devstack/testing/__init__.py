"""pytest plugins: `needs` (absent components are told, not hidden) and `fixtures` (the components themselves)."""
