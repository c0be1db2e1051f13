/// Structures of the built-in kinds, second half of the alphabet, in the notation of ``SchemaText``. Derived from the
/// OpenAPI document of Kubernetes 1.20 (list types, merge keys and map types as the server reads
/// them), with the fields and the atomic references that later versions added.
enum BuiltinSchemaSecondHalf {
  static let text = """
    NodeStatus: addresses=[NodeAddress](type) allocatable={u} capacity={u}
      conditions=[NodeCondition](type) config=NodeConfigStatus daemonEndpoints=NodeDaemonEndpoints
      images=[ContainerImage] nodeInfo=NodeSystemInfo phase=s volumesAttached=[AttachedVolume]
      volumesInUse=[s]
    NodeSystemInfo: architecture=s bootID=s containerRuntimeVersion=s kernelVersion=s
      kubeProxyVersion=s kubeletVersion=s machineID=s operatingSystem=s osImage=s systemUUID=s
    ObjectFieldSelector: apiVersion=s fieldPath=s
    ObjectMeta: annotations={s} clusterName=s creationTimestamp=s deletionGracePeriodSeconds=i
      deletionTimestamp=s finalizers=[s]() generateName=s generation=i labels={s}
      managedFields=[ManagedFieldsEntry] name=s namespace=s ownerReferences=[OwnerReference!](uid)
      resourceVersion=s selfLink=s uid=s
    ObjectMetricSource: describedObject=V2CrossVersionObjectReference!
      metric=MetricIdentifier target=MetricTarget
    ObjectMetricStatus: current=MetricValueStatus
      describedObject=V2CrossVersionObjectReference! metric=MetricIdentifier
    ObjectReference: apiVersion=s fieldPath=s kind=s name=s namespace=s resourceVersion=s uid=s
    Overhead: podFixed={u}
    OwnerReference: apiVersion=s blockOwnerDeletion=b controller=b kind=s name=s uid=s
    PersistentVolume: apiVersion=s kind=s metadata=ObjectMeta spec=PersistentVolumeSpec
      status=PersistentVolumeStatus
    PersistentVolumeClaim: apiVersion=s kind=s metadata=ObjectMeta spec=PersistentVolumeClaimSpec
      status=PersistentVolumeClaimStatus
    PersistentVolumeClaimCondition: lastProbeTime=s lastTransitionTime=s message=s reason=s status=s
      type=s
    PersistentVolumeClaimSpec: accessModes=[s] dataSource=TypedLocalObjectReference! dataSourceRef=*
      resources=ResourceRequirements selector=LabelSelector! storageClassName=s
      volumeAttributesClassName=s volumeMode=s volumeName=s
    PersistentVolumeClaimStatus: accessModes=[s] allocatedResourceStatuses={s}
      allocatedResources={u} capacity={u} conditions=[PersistentVolumeClaimCondition](type) phase=s
    PersistentVolumeClaimTemplate: metadata=ObjectMeta spec=PersistentVolumeClaimSpec
    PersistentVolumeClaimVolumeSource: claimName=s readOnly=b
    PersistentVolumeSpec: accessModes=[s] awsElasticBlockStore=AWSElasticBlockStoreVolumeSource
      azureDisk=AzureDiskVolumeSource azureFile=AzureFilePersistentVolumeSource capacity={u}
      cephfs=CephFSPersistentVolumeSource cinder=CinderPersistentVolumeSource
      claimRef=ObjectReference! csi=CSIPersistentVolumeSource fc=FCVolumeSource
      flexVolume=FlexPersistentVolumeSource flocker=FlockerVolumeSource
      gcePersistentDisk=GCEPersistentDiskVolumeSource glusterfs=GlusterfsPersistentVolumeSource
      hostPath=HostPathVolumeSource iscsi=ISCSIPersistentVolumeSource local=LocalVolumeSource
      mountOptions=[s] nfs=NFSVolumeSource nodeAffinity=VolumeNodeAffinity
      persistentVolumeReclaimPolicy=s photonPersistentDisk=PhotonPersistentDiskVolumeSource
      portworxVolume=PortworxVolumeSource quobyte=QuobyteVolumeSource rbd=RBDPersistentVolumeSource
      scaleIO=ScaleIOPersistentVolumeSource storageClassName=s
      storageos=StorageOSPersistentVolumeSource volumeMode=s
      vsphereVolume=VsphereVirtualDiskVolumeSource
    PersistentVolumeStatus: message=s phase=s reason=s
    PhotonPersistentDiskVolumeSource: fsType=s pdID=s
    Pod: apiVersion=s kind=s metadata=ObjectMeta spec=PodSpec status=PodStatus
    PodAffinity: preferredDuringSchedulingIgnoredDuringExecution=[WeightedPodAffinityTerm]
      requiredDuringSchedulingIgnoredDuringExecution=[PodAffinityTerm]
    PodAffinityTerm: labelSelector=LabelSelector! matchLabelKeys=[s] mismatchLabelKeys=[s]
      namespaceSelector=LabelSelector! namespaces=[s] topologyKey=s
    PodAntiAffinity: preferredDuringSchedulingIgnoredDuringExecution=[WeightedPodAffinityTerm]
      requiredDuringSchedulingIgnoredDuringExecution=[PodAffinityTerm]
    PodCondition: lastProbeTime=s lastTransitionTime=s message=s reason=s status=s type=s
    PodDNSConfig: nameservers=[s] options=[PodDNSConfigOption] searches=[s]
    PodDNSConfigOption: name=s value=s
    PodDisruptionBudget: apiVersion=s kind=s metadata=ObjectMeta spec=PodDisruptionBudgetSpec
      status=PodDisruptionBudgetStatus
    PodDisruptionBudgetSpec: maxUnavailable=q minAvailable=q selector=LabelSelector!
      unhealthyPodEvictionPolicy=s
    PodDisruptionBudgetStatus: currentHealthy=i desiredHealthy=i disruptedPods={s}
      disruptionsAllowed=i expectedPods=i observedGeneration=i
    PodIP: ip=s
    PodOS: name=s
    PodReadinessGate: conditionType=s
    PodResourceClaim: name=s resourceClaimName=s resourceClaimTemplateName=s source=*
    PodSchedulingGate: name=s
    PodSecurityContext: appArmorProfile=SeccompProfile fsGroup=i fsGroupChangePolicy=s runAsGroup=i
      runAsNonRoot=b runAsUser=i seLinuxOptions=SELinuxOptions seccompProfile=SeccompProfile
      supplementalGroups=[i] supplementalGroupsPolicy=s sysctls=[Sysctl]
      windowsOptions=WindowsSecurityContextOptions
    PodSpec: activeDeadlineSeconds=i affinity=Affinity automountServiceAccountToken=b
      containers=[Container](name) dnsConfig=PodDNSConfig dnsPolicy=s enableServiceLinks=b
      ephemeralContainers=[EphemeralContainer](name) hostAliases=[HostAlias](ip) hostIPC=b
      hostNetwork=b hostPID=b hostUsers=b hostname=s imagePullSecrets=[LocalObjectReference!](name)
      initContainers=[Container](name) nodeName=s nodeSelector={s}! os=PodOS overhead={u}
      preemptionPolicy=s priority=i priorityClassName=s readinessGates=[PodReadinessGate]
      resourceClaims=[PodResourceClaim](name) resources=ResourceRequirements restartPolicy=s
      runtimeClassName=s schedulerName=s schedulingGates=[PodSchedulingGate](name)
      securityContext=PodSecurityContext serviceAccount=s serviceAccountName=s setHostnameAsFQDN=b
      shareProcessNamespace=b subdomain=s terminationGracePeriodSeconds=i tolerations=[Toleration]
      topologySpreadConstraints=[TopologySpreadConstraint](topologyKey,whenUnsatisfiable)
      volumes=[Volume](name)
    PodStatus: conditions=[PodCondition](type) containerStatuses=[ContainerStatus]
      ephemeralContainerStatuses=[ContainerStatus] hostIP=s initContainerStatuses=[ContainerStatus]
      message=s nominatedNodeName=s phase=s podIP=s podIPs=[PodIP](ip) qosClass=s reason=s
      startTime=s
    PodTemplate: apiVersion=s kind=s metadata=ObjectMeta template=PodTemplateSpec
    PodTemplateSpec: metadata=ObjectMeta spec=PodSpec
    PodsMetricSource: metric=MetricIdentifier target=MetricTarget
    PodsMetricStatus: current=MetricValueStatus metric=MetricIdentifier
    PolicyRule: apiGroups=[s] nonResourceURLs=[s] resourceNames=[s] resources=[s] verbs=[s]
    PortStatus: error=s port=i protocol=s
    PortworxVolumeSource: fsType=s readOnly=b volumeID=s
    PreferredSchedulingTerm: preference=NodeSelectorTerm! weight=i
    PriorityClass: apiVersion=s description=s globalDefault=b kind=s metadata=ObjectMeta
      preemptionPolicy=s value=i
    Probe: exec=ExecAction failureThreshold=i grpc=GRPCAction httpGet=HTTPGetAction
      initialDelaySeconds=i periodSeconds=i successThreshold=i tcpSocket=TCPSocketAction
      terminationGracePeriodSeconds=i timeoutSeconds=i
    ProjectedVolumeSource: defaultMode=i sources=[VolumeProjection]
    QuobyteVolumeSource: group=s readOnly=b registry=s tenant=s user=s volume=s
    RBDPersistentVolumeSource: fsType=s image=s keyring=s monitors=[s] pool=s readOnly=b
      secretRef=SecretReference! user=s
    RBDVolumeSource: fsType=s image=s keyring=s monitors=[s] pool=s readOnly=b
      secretRef=LocalObjectReference! user=s
    ReplicaSet: apiVersion=s kind=s metadata=ObjectMeta spec=ReplicaSetSpec status=ReplicaSetStatus
    ReplicaSetCondition: lastTransitionTime=s message=s reason=s status=s type=s
    ReplicaSetSpec: minReadySeconds=i replicas=i selector=LabelSelector! template=PodTemplateSpec
    ReplicaSetStatus: availableReplicas=i conditions=[ReplicaSetCondition](type)
      fullyLabeledReplicas=i observedGeneration=i readyReplicas=i replicas=i
    ReplicationController: apiVersion=s kind=s metadata=ObjectMeta spec=ReplicationControllerSpec
      status=ReplicationControllerStatus
    ReplicationControllerCondition: lastTransitionTime=s message=s reason=s status=s type=s
    ReplicationControllerSpec: minReadySeconds=i replicas=i selector={s} template=PodTemplateSpec
    ReplicationControllerStatus: availableReplicas=i
      conditions=[ReplicationControllerCondition](type) fullyLabeledReplicas=i observedGeneration=i
      readyReplicas=i replicas=i
    ResourceClaim: name=s request=s
    ResourceFieldSelector: containerName=s divisor=u resource=s
    ResourceMetricSource: name=s target=MetricTarget
    ResourceMetricStatus: current=MetricValueStatus name=s
    ResourceQuota: apiVersion=s kind=s metadata=ObjectMeta spec=ResourceQuotaSpec
      status=ResourceQuotaStatus
    ResourceQuotaSpec: hard={u} scopeSelector=ScopeSelector! scopes=[s]
    ResourceQuotaStatus: hard={u} used={u}
    ResourceRequirements: claims=[ResourceClaim](name) limits={u} requests={u}
    Role: apiVersion=s kind=s metadata=ObjectMeta rules=[PolicyRule]
    RoleBinding: apiVersion=s kind=s metadata=ObjectMeta roleRef=RoleRef! subjects=[Subject!]
    RoleRef: apiGroup=s kind=s name=s
    RollingUpdateDaemonSet: maxUnavailable=q
    RollingUpdateDeployment: maxSurge=q maxUnavailable=q
    RollingUpdateStatefulSetStrategy: partition=i
    RuleWithOperations: apiGroups=[s] apiVersions=[s] operations=[s] resources=[s] scope=s
    RuntimeClass: apiVersion=s handler=s kind=s metadata=ObjectMeta overhead=Overhead
      scheduling=Scheduling
    SELinuxOptions: level=s role=s type=s user=s
    ScaleIOPersistentVolumeSource: fsType=s gateway=s protectionDomain=s readOnly=b
      secretRef=SecretReference! sslEnabled=b storageMode=s storagePool=s system=s volumeName=s
    ScaleIOVolumeSource: fsType=s gateway=s protectionDomain=s readOnly=b
      secretRef=LocalObjectReference! sslEnabled=b storageMode=s storagePool=s system=s volumeName=s
    Scheduling: nodeSelector={s} tolerations=[Toleration]
    ScopeSelector: matchExpressions=[ScopedResourceSelectorRequirement]
    ScopedResourceSelectorRequirement: operator=s scopeName=s values=[s]
    SeccompProfile: localhostProfile=s type=s
    Secret: apiVersion=s data={s} immutable=b kind=s metadata=ObjectMeta stringData={s} type=s
    SecretEnvSource: name=s optional=b
    SecretKeySelector: key=s name=s optional=b
    SecretProjection: items=[KeyToPath] name=s optional=b
    SecretReference: name=s namespace=s
    SecretVolumeSource: defaultMode=i items=[KeyToPath] optional=b secretName=s
    SecurityContext: allowPrivilegeEscalation=b appArmorProfile=SeccompProfile
      capabilities=Capabilities privileged=b procMount=s readOnlyRootFilesystem=b runAsGroup=i
      runAsNonRoot=b runAsUser=i seLinuxOptions=SELinuxOptions seccompProfile=SeccompProfile
      windowsOptions=WindowsSecurityContextOptions
    Service: apiVersion=s kind=s metadata=ObjectMeta spec=ServiceSpec status=ServiceStatus
    ServiceAccount: apiVersion=s automountServiceAccountToken=b
      imagePullSecrets=[LocalObjectReference!] kind=s metadata=ObjectMeta
      secrets=[ObjectReference!](name)
    ServiceAccountTokenProjection: audience=s expirationSeconds=i path=s
    ServiceBackendPort: name=s number=i
    ServicePort: appProtocol=s name=s nodePort=i port=i protocol=s targetPort=q
    ServiceReference: name=s namespace=s path=s port=i
    ServiceSpec: allocateLoadBalancerNodePorts=b clusterIP=s clusterIPs=[s] externalIPs=[s]
      externalName=s externalTrafficPolicy=s healthCheckNodePort=i internalTrafficPolicy=s
      ipFamilies=[s] ipFamilyPolicy=s loadBalancerClass=s loadBalancerIP=s
      loadBalancerSourceRanges=[s] ports=[ServicePort](port,protocol=TCP) publishNotReadyAddresses=b
      selector={s}! sessionAffinity=s sessionAffinityConfig=SessionAffinityConfig topologyKeys=[s]
      trafficDistribution=s type=s
    ServiceStatus: conditions=[Condition](type) loadBalancer=LoadBalancerStatus
    SessionAffinityConfig: clientIP=ClientIPConfig
    SleepAction: seconds=i
    StatefulSet: apiVersion=s kind=s metadata=ObjectMeta spec=StatefulSetSpec
      status=StatefulSetStatus
    StatefulSetCondition: lastTransitionTime=s message=s reason=s status=s type=s
    StatefulSetOrdinals: start=i
    StatefulSetPVCRetentionPolicy: whenDeleted=s whenScaled=s
    StatefulSetSpec: minReadySeconds=i ordinals=StatefulSetOrdinals
      persistentVolumeClaimRetentionPolicy=StatefulSetPVCRetentionPolicy podManagementPolicy=s
      replicas=i revisionHistoryLimit=i selector=LabelSelector! serviceName=s
      template=PodTemplateSpec updateStrategy=StatefulSetUpdateStrategy
      volumeClaimTemplates=[PersistentVolumeClaim]
    StatefulSetStatus: availableReplicas=i collisionCount=i conditions=[StatefulSetCondition](type)
      currentReplicas=i currentRevision=s observedGeneration=i readyReplicas=i replicas=i
      updateRevision=s updatedReplicas=i
    StatefulSetUpdateStrategy: rollingUpdate=RollingUpdateStatefulSetStrategy type=s
    StorageClass: allowVolumeExpansion=b allowedTopologies=[TopologySelectorTerm!] apiVersion=s
      kind=s metadata=ObjectMeta mountOptions=[s] parameters={s} provisioner=s reclaimPolicy=s
      volumeBindingMode=s
    StorageOSPersistentVolumeSource: fsType=s readOnly=b secretRef=ObjectReference! volumeName=s
      volumeNamespace=s
    StorageOSVolumeSource: fsType=s readOnly=b secretRef=LocalObjectReference! volumeName=s
      volumeNamespace=s
    Subject: apiGroup=s kind=s name=s namespace=s
    Sysctl: name=s value=s
    TCPSocketAction: host=s port=q
    Taint: effect=s key=s timeAdded=s value=s
    TokenRequest: audience=s expirationSeconds=i
    Toleration: effect=s key=s operator=s tolerationSeconds=i value=s
    TopologySelectorLabelRequirement: key=s values=[s]
    TopologySelectorTerm: matchLabelExpressions=[TopologySelectorLabelRequirement]
    TopologySpreadConstraint: labelSelector=LabelSelector! matchLabelKeys=[s] maxSkew=i minDomains=i
      nodeAffinityPolicy=s nodeTaintsPolicy=s topologyKey=s whenUnsatisfiable=s
    TypedLocalObjectReference: apiGroup=s kind=s name=s
    V2CrossVersionObjectReference: apiVersion=s kind=s name=s
    V2HorizontalPodAutoscaler: apiVersion=s kind=s metadata=ObjectMeta
      spec=V2HorizontalPodAutoscalerSpec
      status=V2HorizontalPodAutoscalerStatus
    V2HorizontalPodAutoscalerSpec: behavior=HorizontalPodAutoscalerBehavior maxReplicas=i
      metrics=[MetricSpec] minReplicas=i scaleTargetRef=V2CrossVersionObjectReference!
    V2HorizontalPodAutoscalerStatus: conditions=[HorizontalPodAutoscalerCondition]
      currentMetrics=[MetricStatus] currentReplicas=i desiredReplicas=i lastScaleTime=s
      observedGeneration=i
    ValidatingWebhook: admissionReviewVersions=[s]
      clientConfig=AdmissionregistrationWebhookClientConfig failurePolicy=s
      matchConditions=[MatchCondition](name) matchPolicy=s name=s namespaceSelector=LabelSelector!
      objectSelector=LabelSelector! rules=[RuleWithOperations] sideEffects=s timeoutSeconds=i
    ValidatingWebhookConfiguration: apiVersion=s kind=s metadata=ObjectMeta
      webhooks=[ValidatingWebhook](name)
    Volume: awsElasticBlockStore=AWSElasticBlockStoreVolumeSource azureDisk=AzureDiskVolumeSource
      azureFile=AzureFileVolumeSource cephfs=CephFSVolumeSource cinder=CinderVolumeSource
      configMap=ConfigMapVolumeSource csi=CSIVolumeSource downwardAPI=DownwardAPIVolumeSource
      emptyDir=EmptyDirVolumeSource ephemeral=EphemeralVolumeSource fc=FCVolumeSource
      flexVolume=FlexVolumeSource flocker=FlockerVolumeSource
      gcePersistentDisk=GCEPersistentDiskVolumeSource gitRepo=GitRepoVolumeSource
      glusterfs=GlusterfsVolumeSource hostPath=HostPathVolumeSource iscsi=ISCSIVolumeSource name=s
      nfs=NFSVolumeSource persistentVolumeClaim=PersistentVolumeClaimVolumeSource
      photonPersistentDisk=PhotonPersistentDiskVolumeSource portworxVolume=PortworxVolumeSource
      projected=ProjectedVolumeSource quobyte=QuobyteVolumeSource rbd=RBDVolumeSource
      scaleIO=ScaleIOVolumeSource secret=SecretVolumeSource storageos=StorageOSVolumeSource
      vsphereVolume=VsphereVirtualDiskVolumeSource
    VolumeAttachment: apiVersion=s kind=s metadata=ObjectMeta spec=VolumeAttachmentSpec
      status=VolumeAttachmentStatus
    VolumeAttachmentSource: inlineVolumeSpec=PersistentVolumeSpec persistentVolumeName=s
    VolumeAttachmentSpec: attacher=s nodeName=s source=VolumeAttachmentSource
    VolumeAttachmentStatus: attachError=VolumeError attached=b attachmentMetadata={s}
      detachError=VolumeError
    VolumeDevice: devicePath=s name=s
    VolumeError: message=s time=s
    VolumeMount: mountPath=s mountPropagation=s name=s readOnly=b subPath=s subPathExpr=s
    VolumeNodeAffinity: required=NodeSelector!
    VolumeNodeResources: count=i
    VolumeProjection: configMap=ConfigMapProjection downwardAPI=DownwardAPIProjection
      secret=SecretProjection serviceAccountToken=ServiceAccountTokenProjection
    VsphereVirtualDiskVolumeSource: fsType=s storagePolicyID=s storagePolicyName=s volumePath=s
    WebhookClientConfig: caBundle=s service=ServiceReference url=s
    WebhookConversion: clientConfig=WebhookClientConfig conversionReviewVersions=[s]
    WeightedPodAffinityTerm: podAffinityTerm=PodAffinityTerm weight=i
    WindowsSecurityContextOptions: gmsaCredentialSpec=s gmsaCredentialSpecName=s runAsUserName=s
    """
}
