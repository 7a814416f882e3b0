{{- define "clv-sre.fullname" -}}
{{- if contains "clv-sre" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-clv-sre" (.Release.Name | trunc 42 | trimSuffix "-") }}{{ end -}}
{{- end -}}

{{- define "clv-sre.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "clv-sre.fullname" .) }}
{{- end -}}

{{- define "clv-sre.selector" -}}
app.kubernetes.io/name: clv-sre
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "clv-sre.labels" -}}
{{ include "clv-sre.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}

{{- define "clv-sre.image" -}}
{{- $repository := required "image.repository is empty: set it to the image that you built and pushed, such as --set image.repository=registry.example/clv-sre" .Values.image.repository -}}
{{- if .Values.image.digest }}{{ $repository }}@{{ .Values.image.digest }}{{ else }}{{ $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end -}}
{{- end -}}

{{- /* What the operator does with the namespaced kinds; bound everywhere, or in each watched namespace. */ -}}
{{- define "clv-sre.namespacedRules" -}}
- apiGroups: [clvsre.io]
  resources: [tieredslos, escalationpolicies]
  verbs: [get, list, watch]
- apiGroups: [clvsre.io]
  resources: [revenueincidents]
  verbs: [get, list, watch, create]
- apiGroups: [clvsre.io]
  resources: [tieredslos/status, escalationpolicies/status, revenueincidents/status]
  verbs: [patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- if eq .Values.rules.output "PrometheusRule" }}
- apiGroups: [monitoring.coreos.com]
  resources: [prometheusrules]
  verbs: [get, list, create, update, delete]
{{- end }}
{{- end -}}
