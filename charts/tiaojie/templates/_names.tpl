{{- /* Names and blocks that several templates use. */ -}}

{{- define "tiaojie.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "tiaojie.labels" -}}
app.kubernetes.io/name: tiaojie
app.kubernetes.io/part-of: tiaojie
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "tiaojie.selector" -}}
app.kubernetes.io/name: tiaojie
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "tiaojie.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "tiaojie.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "tiaojie.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "tiaojie.port" -}}
{{ . | splitList ":" | last }}
{{- end }}

{{- define "tiaojie.publicURL" -}}
{{- if .Values.api.publicURL }}{{ .Values.api.publicURL }}
{{- else if .Values.route.host }}{{ ternary "https" "http" (ne .Values.route.tlsSecretName "") }}://{{ .Values.route.host }}
{{- end }}
{{- end }}

{{- /* What every API instance, shared or a town's own, is told of tokens. The operator passes it on. */ -}}
{{- define "tiaojie.attachments" -}}
{{- with .Values.attachments.directory }}
- name: TIAOJIE_BLOB_DIRECTORY
  value: {{ . | quote }}
{{- end }}
{{- with .Values.attachments.s3 }}
{{- if .endpoint }}
- name: TIAOJIE_BLOB_S3_ENDPOINT
  value: {{ .endpoint | quote }}
- name: TIAOJIE_BLOB_S3_REGION
  value: {{ .region | quote }}
- name: TIAOJIE_BLOB_S3_BUCKET
  value: {{ .bucket | quote }}
- name: TIAOJIE_BLOB_S3_ACCESS_KEY
  valueFrom: {secretKeyRef: {name: {{ .secretName }}, key: access-key}}
- name: TIAOJIE_BLOB_S3_SECRET_KEY
  valueFrom: {secretKeyRef: {name: {{ .secretName }}, key: secret-key}}
{{- end }}
{{- end }}
{{- end -}}

{{- define "tiaojie.sealing" -}}
- name: TIAOJIE_CIPHER
  value: {{ .Values.sealing.cipher | quote }}
{{- end -}}

{{/* The installation's key-encryption key, and those before it while a rotation is under way. The operator makes the Secret. */}}
{{- define "tiaojie.ring" -}}
- name: TIAOJIE_KEY
  valueFrom: {secretKeyRef: {name: tiaojie-keys, key: key}}
- name: TIAOJIE_PREVIOUS_KEYS
  valueFrom: {secretKeyRef: {name: tiaojie-keys, key: previous-keys, optional: true}}
{{ include "tiaojie.sealing" . }}
{{- end -}}

{{- define "tiaojie.identity" -}}
- name: TIAOJIE_ISSUER
  value: {{ .Values.identity.issuer | quote }}
- name: TIAOJIE_AUDIENCE
  value: {{ .Values.identity.audience | quote }}
{{- with .Values.identity.jwks }}
- name: TIAOJIE_JWKS
  value: {{ . | quote }}
{{- end }}
{{- with .Values.identity.issuers }}
- name: TIAOJIE_ISSUERS
  value: {{ toJson . | quote }}
{{- end }}
{{- with .Values.identity.secondFactor.acr }}
- name: TIAOJIE_SECOND_FACTOR_ACR
  value: {{ join "," . | quote }}
{{- end }}
{{- with .Values.identity.secondFactor.amr }}
- name: TIAOJIE_SECOND_FACTOR_AMR
  value: {{ join "," . | quote }}
{{- end }}
- name: TIAOJIE_SECOND_FACTOR_ROLES
  value: {{ join "," .Values.identity.secondFactor.roles | default "none" | quote }}
{{- if .Values.identity.allowDevelopmentKeys }}
- name: TIAOJIE_ALLOW_DEVELOPMENT_KEYS
  value: "true"
{{- end }}
{{- with include "tiaojie.publicURL" . }}
- name: TIAOJIE_PUBLIC_URL
  value: {{ . | quote }}
{{- end }}
{{- with .Values.api.dailyReveals }}
- name: TIAOJIE_DAILY_REVEALS
  value: {{ . | quote }}
{{- end }}
{{- end }}

{{- define "tiaojie.directory" -}}
- name: TIAOJIE_DIRECTORY_HOST
  value: {{ .Values.directory.host | quote }}
- name: TIAOJIE_DIRECTORY_PORT
  value: {{ .Values.directory.port | quote }}
- name: TIAOJIE_DIRECTORY_NAME
  value: {{ .Values.directory.name | quote }}
- name: TIAOJIE_DIRECTORY_SSLMODE
  value: {{ .Values.directory.sslMode | quote }}
{{- with .Values.directory.ca }}
- name: TIAOJIE_DIRECTORY_CA
  value: {{ . | quote }}
{{- end }}
{{- end }}
