"""Reading and writing video. Untrusted bytes are parsed in a small decoding process only, never in the caller's."""
