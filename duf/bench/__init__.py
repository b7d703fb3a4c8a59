"""How fast this machine is, how that grows, and what others reach on it: docs/performance*.md, docs/growth.md."""
