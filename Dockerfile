# tokenledger as an image: compiled in one stage, run in another with production dependencies alone.
# Debian, since the native packages (libsql, argon2) come prebuilt for it; none needs an install script. The version is pinned and
# not the digest: a digest is one platform's, and would have to follow each rebuild of the base image.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY .npmrc package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY src src
COPY projections projections
COPY scripts scripts
RUN npm run build

FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY .npmrc package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:24.21.0-bookworm-slim
# A new volume takes over the owner and mode of the folder it is mounted on.
RUN install -d -o node -g node -m 700 /data /keys
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY bin bin
COPY public public
COPY lists lists
# `npx tokenledger` keeps a link in npm's cache: under /tmp, which can be written where the root is read-only.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_DIR=/data DRAIN_SECONDS=5 \
  npm_config_cache=/tmp/.npm npm_config_update_notifier=false
USER node
VOLUME /data
# Metrics, readiness and the operator's requests are on a port of the container alone (OPERATIONS_HOST is 127.0.0.1).
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["node", "dist/scripts/tokenledger.js", "healthcheck"]
# The process itself, no shell or npm in between: it gets the signals. It starts no others, so it needs no init to reap them.
CMD ["node", "--require", "./bin/thread-pool.cjs", "dist/src/main.js"]
