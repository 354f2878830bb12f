# Stands in for prom/prometheus: Debian's, under the image's user and paths.
FROM stand-in/debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends prometheus wget && rm -rf /var/lib/apt/lists/* \
 && ln -s /usr/bin/prometheus /bin/prometheus; ln -s /usr/bin/promtool /bin/promtool; mkdir -p /prometheus && chown 65534:65534 /prometheus
USER 65534:65534
VOLUME /prometheus
ENTRYPOINT ["/usr/bin/prometheus"]
