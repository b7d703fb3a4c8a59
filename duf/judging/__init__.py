"""What models reach on clips whose truth is known, and what it costs; docs/quality.md."""
