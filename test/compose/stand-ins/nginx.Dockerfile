# Stands in for nginx: Debian's, with the curl that the image has.
FROM stand-in/debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends nginx-light curl && rm -rf /var/lib/apt/lists/*
CMD ["nginx", "-g", "daemon off;"]
