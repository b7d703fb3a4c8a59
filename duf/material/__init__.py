"""What networks learn from: videos and pictures become shards of samples; docs/data.md."""
