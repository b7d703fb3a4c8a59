"""Video super-resolution with dynamic upsampling filters."""
