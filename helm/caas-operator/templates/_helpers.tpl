{{/* The name of every object of a release. */}}
{{- define "caas.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What selects the release's pods; never changes. */}}
{{- define "caas.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of every object. */}}
{{- define "caas.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "caas.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: caas-operator
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "caas.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "caas.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name is needed when serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "caas.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* The default account as namespace/name, or nothing. */}}
{{- define "caas.defaultAccount" -}}
{{- with .Values.defaultAccount -}}
{{- if or .namespace .name -}}
{{- if not (and .namespace .name) -}}
{{- fail "defaultAccount needs both namespace and name" -}}
{{- end -}}
{{- if and $.Values.namespaces (not (has .namespace $.Values.namespaces)) -}}
{{- fail (printf "defaultAccount.namespace %q must be one of namespaces: the operator sees no other" .namespace) -}}
{{- end -}}
{{- printf "%s/%s" .namespace .name -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What the operator may do in a namespace it serves. */}}
{{- define "caas.rules" -}}
- apiGroups: [caas.dev]
  resources: [caasaccounts, domainsubscriptions, managedcertificates]
  verbs: [get, list, watch]
# Finalizers, while there is something to do at the CA or the platform before an object goes.
- apiGroups: [caas.dev]
  resources: [caasaccounts, domainsubscriptions, managedcertificates]
  verbs: [patch]
- apiGroups: [caas.dev]
  resources: [caasaccounts/status, domainsubscriptions/status, managedcertificates/status]
  verbs: [get, update, patch]
# Objects that ask for certificates by annotation, and what is made for them.
- apiGroups: [gateway.networking.k8s.io]
  resources: [gateways, listenersets]
  verbs: [get, list, watch]
- apiGroups: [gateway.networking.x-k8s.io]
  resources: [xlistenersets]
  verbs: [get, list, watch]
- apiGroups: [caas.dev]
  resources: [managedcertificates]
  verbs: [create, update, delete]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
# The ways to the HTTP-01 responder.
- apiGroups: [""]
  resources: [services]
  verbs: [get, list, watch, create, update, delete]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [get, list, watch, create, update, delete]
- apiGroups: [networking.k8s.io]
  resources: [ingresses]
  verbs: [get, list, watch, create, update, delete]
- apiGroups: [gateway.networking.k8s.io]
  resources: [httproutes]
  verbs: [get, list, watch, create, update, delete]
{{- end -}}

{{/* DNS name of the Service of the HTTP-01 responder. */}}
{{- define "caas.responderHost" -}}
{{- printf "%s-http01.%s.svc.%s" (include "caas.fullname" . | trunc 56 | trimSuffix "-") .Release.Namespace .Values.clusterDomain -}}
{{- end -}}
