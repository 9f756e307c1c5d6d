# Builds the cards and bundles the companion with its dependencies.
FROM docker.io/library/node:24.21.0-trixie-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# No package here needs its install script: `node` is already there.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build

FROM ghcr.io/home-assistant/base-debian:trixie-2026.08.0
# Announcements: sox turns speech and media into what Asterisk plays.
RUN apt-get update \
 && apt-get install -y --no-install-recommends sox libsox-fmt-mp3 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /build/dist/image /app
COPY rootfs /

ENV NODE_ENV=production \
    COMPANION_HTTP__URL_FILE=/run/companion.url \
    # Everything here is supervised and already down when s6-overlay comes to its last, blind wait.
    S6_KILL_GRACETIME=100

HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["/usr/bin/companion-healthy"]

ARG BUILD_VERSION=0.1.0
ARG BUILD_ARCH="aarch64|amd64"
LABEL \
    io.hass.version="${BUILD_VERSION}" \
    io.hass.type="app" \
    io.hass.arch="${BUILD_ARCH}" \
    org.opencontainers.image.title="Asterisk Companion" \
    org.opencontainers.image.description="Doorbells, phones, calls and parking lots of an Asterisk PBX in Home Assistant" \
    org.opencontainers.image.version="${BUILD_VERSION}" \
    org.opencontainers.image.licenses="MIT"
