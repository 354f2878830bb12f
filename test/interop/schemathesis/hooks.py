"""What OpenAPI has no word for, done to each request before it leaves; docs/interop.md says why."""
import schemathesis
