"""The custom resources as pydantic models, one kind a module, and the generator of their CRDs."""
