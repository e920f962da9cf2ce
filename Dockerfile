# The product is one static binary; the image holds it, the certificates that verify its peers, and the fonts of printed
# papers with their licences, nothing else.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X tiaojie.dev/tiaojie/internal/command.version=${VERSION}" -o /tiaojie .

FROM debian:stable-slim AS fonts
RUN apt-get update -q && apt-get install -y -q --no-install-recommends \
      fonts-arphic-gbsn00lp fonts-droid-fallback fonts-hanazono \
    && mkdir -p /out/usr/share/fonts/truetype /out/usr/share/doc \
    && cp -rL /usr/share/fonts/truetype/arphic-gbsn00lp /usr/share/fonts/truetype/droid /usr/share/fonts/truetype/hanazono /out/usr/share/fonts/truetype/ \
    && cp -rL /usr/share/doc/fonts-arphic-gbsn00lp /usr/share/doc/fonts-droid-fallback /usr/share/doc/fonts-hanazono /out/usr/share/doc/

FROM scratch
COPY --from=fonts /out/ /
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /zoneinfo.zip
COPY --from=build /tiaojie /tiaojie
ENV ZONEINFO=/zoneinfo.zip
USER 65532:65532
ENTRYPOINT ["/tiaojie"]
