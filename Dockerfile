# The product is one static binary; the image holds it and the certificates that verify its peers, nothing else.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X tiaojie.dev/tiaojie/internal/command.version=${VERSION}" -o /tiaojie .

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /zoneinfo.zip
COPY --from=build /tiaojie /tiaojie
ENV ZONEINFO=/zoneinfo.zip
USER 65532:65532
ENTRYPOINT ["/tiaojie"]
