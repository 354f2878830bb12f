# Stands in for redis: Debian's.
FROM stand-in/debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends redis-server redis-tools && rm -rf /var/lib/apt/lists/* && mkdir -p /data
VOLUME /data
WORKDIR /data
CMD ["redis-server"]
