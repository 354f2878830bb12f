# Stands in for node:VERSION-bookworm-slim.
FROM stand-in/debian:bookworm
COPY node/bin/node /usr/local/bin/node
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --create-home node
CMD ["node"]
