"""What a verb reads from an object, as values: tolerant of absent fields, because an older operator leaves them out."""
