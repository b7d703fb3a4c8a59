"""The command line client of an upscaling site. It speaks the site's API and knows nothing else of it."""
