# Stands in for mongo: the server alone, without mongosh and the image's entry point, which the compose file needs neither of.
FROM stand-in/debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends libcurl4 && rm -rf /var/lib/apt/lists/*
COPY mongod /usr/bin/mongod
RUN groupadd --gid 999 mongodb && useradd --uid 999 --gid mongodb mongodb && mkdir -p /data/db /data/configdb \
 && chown mongodb:mongodb /data/db /data/configdb
VOLUME /data/db /data/configdb
CMD ["mongod"]
