# tokenledger as an image: compiled in one stage, run in another with production dependencies alone.
# Debian, since the native packages (libsql, argon2) come prebuilt for it; none needs an install script.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY .npmrc package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
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
COPY public public
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_DIR=/data
USER node
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["node", "dist/scripts/healthcheck.js"]
# The process itself, no shell or npm in between: it gets the signals. It starts no others, so it needs no init to reap them.
CMD ["node", "--enable-source-maps", "dist/src/main.js"]
