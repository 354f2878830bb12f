# The notary's image: `cunzheng`, with what docker-compose.yml needs of the sample. docs/containers.md says how it is built and checked.
#
# Node 24 is the oldest line that is supported for years to come. The tags name one version each; where your registry can be asked
# for its digests, pin them: --build-arg NODE_IMAGE=node:...-bookworm@sha256:... (the compiler, which nothing of stays) and RUNTIME_IMAGE.
ARG NODE_IMAGE=node:24.22.3-bookworm
ARG RUNTIME_IMAGE=node:24.22.3-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# Which commit this is, for every batch's `state`: .git is no part of what is sent here.
ARG COMMIT=unknown
RUN CUNZHENG_COMMIT="${COMMIT}" npm run --silent build

# What runs needs: its packages, of which better-sqlite3 alone has a part to compile, from the lock's own sources and Node's own headers.
FROM ${NODE_IMAGE} AS packages
WORKDIR /opt/cunzheng
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
WORKDIR /opt/cunzheng/node_modules/better-sqlite3
RUN node /usr/local/lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js rebuild --release --nodedir=/usr/local
WORKDIR /opt/cunzheng
COPY scripts/compose/settle-image.mjs /build/
COPY templates templates
COPY openapi.yaml ./
COPY --from=build /build/dist dist
# The same commit gives the same files, to the bit: what compiling leaves lying goes, and every file gets one time.
ARG SOURCE_DATE_EPOCH=0
RUN node /build/settle-image.mjs /opt/cunzheng "${SOURCE_DATE_EPOCH}"

FROM ${RUNTIME_IMAGE}
ENV NODE_ENV=production
COPY --from=packages /opt/cunzheng /opt/cunzheng
# No user of this number is in /etc/passwd, and no host's first user has it. A new volume takes the folder's owner and mode.
ARG SOURCE_DATE_EPOCH=0
RUN install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/cunzheng \
 && touch --date="@${SOURCE_DATE_EPOCH}" /var/lib/cunzheng
WORKDIR /opt/cunzheng
USER 10001:10001
ENTRYPOINT ["node", "dist/src/main.js"]
CMD ["--help"]
