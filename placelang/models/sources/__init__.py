"""Where models come from: `fetch` is where to begin. `source` reads what is asked for, `web`, `registry` and `mlflow`
fetch, `download` takes up what was cut off, `cache` keeps what was verified."""
