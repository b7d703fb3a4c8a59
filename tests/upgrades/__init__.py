"""Databases as earlier versions left them: SQL dumps with rows, which the migrations must carry to today's schema."""
