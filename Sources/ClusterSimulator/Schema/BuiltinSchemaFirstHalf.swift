/// Structures of the built-in kinds, first half of the alphabet, in the notation of ``SchemaText``. Derived from the
/// OpenAPI document of Kubernetes 1.20 (list types, merge keys and map types as the server reads
/// them), with the fields and the atomic references that later versions added.
enum BuiltinSchemaFirstHalf {
  static let text = """
    APIService: apiVersion=s kind=s metadata=ObjectMeta spec=APIServiceSpec status=APIServiceStatus
    APIServiceCondition: lastTransitionTime=s message=s reason=s status=s type=s
    APIServiceSpec: caBundle=s group=s groupPriorityMinimum=i insecureSkipTLSVerify=b
      service=ApiregistrationServiceReference version=s versionPriority=i
    APIServiceStatus: conditions=[APIServiceCondition](type)
    AWSElasticBlockStoreVolumeSource: fsType=s partition=i readOnly=b volumeID=s
    AdmissionregistrationServiceReference: name=s namespace=s path=s port=i
    AdmissionregistrationWebhookClientConfig: caBundle=s
      service=AdmissionregistrationServiceReference url=s
    Affinity: nodeAffinity=NodeAffinity podAffinity=PodAffinity podAntiAffinity=PodAntiAffinity
    AggregationRule: clusterRoleSelectors=[LabelSelector!]
    ApiregistrationServiceReference: name=s namespace=s port=i
    AttachedVolume: devicePath=s name=s
    AzureDiskVolumeSource: cachingMode=s diskName=s diskURI=s fsType=s kind=s readOnly=b
    AzureFilePersistentVolumeSource: readOnly=b secretName=s secretNamespace=s shareName=s
    AzureFileVolumeSource: readOnly=b secretName=s shareName=s
    BDiscoveryEndpointPort: appProtocol=s name=s port=i protocol=s
    CSIDriver: apiVersion=s kind=s metadata=ObjectMeta spec=CSIDriverSpec
    CSIDriverSpec: attachRequired=b fsGroupPolicy=s podInfoOnMount=b requiresRepublish=b
      storageCapacity=b tokenRequests=[TokenRequest] volumeLifecycleModes=[s]()
    CSINode: apiVersion=s kind=s metadata=ObjectMeta spec=CSINodeSpec
    CSINodeDriver: allocatable=VolumeNodeResources name=s nodeID=s topologyKeys=[s]
    CSINodeSpec: drivers=[CSINodeDriver](name)
    CSIPersistentVolumeSource: controllerExpandSecretRef=SecretReference!
      controllerPublishSecretRef=SecretReference! driver=s fsType=s
      nodePublishSecretRef=SecretReference! nodeStageSecretRef=SecretReference! readOnly=b
      volumeAttributes={s} volumeHandle=s
    CSIVolumeSource: driver=s fsType=s nodePublishSecretRef=LocalObjectReference! readOnly=b
      volumeAttributes={s}
    Capabilities: add=[s] drop=[s]
    CephFSPersistentVolumeSource: monitors=[s] path=s readOnly=b secretFile=s
      secretRef=SecretReference! user=s
    CephFSVolumeSource: monitors=[s] path=s readOnly=b secretFile=s secretRef=LocalObjectReference!
      user=s
    CinderPersistentVolumeSource: fsType=s readOnly=b secretRef=SecretReference! volumeID=s
    CinderVolumeSource: fsType=s readOnly=b secretRef=LocalObjectReference! volumeID=s
    ClientIPConfig: timeoutSeconds=i
    ClusterRole: aggregationRule=AggregationRule apiVersion=s kind=s metadata=ObjectMeta
      rules=[PolicyRule]
    ClusterRoleBinding: apiVersion=s kind=s metadata=ObjectMeta roleRef=RoleRef! subjects=[Subject!]
    Condition: lastTransitionTime=s message=s observedGeneration=i reason=s status=s type=s
    ConfigMap: apiVersion=s binaryData={s} data={s} immutable=b kind=s metadata=ObjectMeta
    ConfigMapEnvSource: name=s optional=b
    ConfigMapKeySelector: key=s name=s optional=b
    ConfigMapNodeConfigSource: kubeletConfigKey=s name=s namespace=s resourceVersion=s uid=s
    ConfigMapProjection: items=[KeyToPath] name=s optional=b
    ConfigMapVolumeSource: defaultMode=i items=[KeyToPath] name=s optional=b
    Container: args=[s] command=[s] env=[EnvVar](name) envFrom=[EnvFromSource] image=s
      imagePullPolicy=s lifecycle=Lifecycle livenessProbe=Probe name=s
      ports=[ContainerPort](containerPort,protocol=TCP) readinessProbe=Probe
      resizePolicy=[ContainerResizePolicy] resources=ResourceRequirements restartPolicy=s
      securityContext=SecurityContext startupProbe=Probe stdin=b stdinOnce=b
      terminationMessagePath=s terminationMessagePolicy=s tty=b
      volumeDevices=[VolumeDevice](devicePath) volumeMounts=[VolumeMount](mountPath) workingDir=s
    ContainerImage: names=[s] sizeBytes=i
    ContainerPort: containerPort=i hostIP=s hostPort=i name=s protocol=s
    ContainerResizePolicy: resourceName=s restartPolicy=s
    ContainerResourceMetricSource: container=s name=s target=MetricTarget
    ContainerResourceMetricStatus: container=s current=MetricValueStatus name=s
    ContainerState: running=ContainerStateRunning terminated=ContainerStateTerminated
      waiting=ContainerStateWaiting
    ContainerStateRunning: startedAt=s
    ContainerStateTerminated: containerID=s exitCode=i finishedAt=s message=s reason=s signal=i
      startedAt=s
    ContainerStateWaiting: message=s reason=s
    ContainerStatus: containerID=s image=s imageID=s lastState=ContainerState name=s ready=b
      restartCount=i started=b state=ContainerState
    ControllerRevision: apiVersion=s data=* kind=s metadata=ObjectMeta revision=i
    CronJob: apiVersion=s kind=s metadata=ObjectMeta spec=CronJobSpec status=CronJobStatus
    CronJobSpec: concurrencyPolicy=s failedJobsHistoryLimit=i jobTemplate=JobTemplateSpec schedule=s
      startingDeadlineSeconds=i successfulJobsHistoryLimit=i suspend=b timeZone=s
    CronJobStatus: active=[ObjectReference!] lastScheduleTime=s lastSuccessfulTime=s
    CrossVersionObjectReference: apiVersion=s kind=s name=s
    CustomResourceColumnDefinition: description=s format=s jsonPath=s name=s priority=i type=s
    CustomResourceConversion: strategy=s webhook=WebhookConversion
    CustomResourceDefinition: apiVersion=s kind=s metadata=ObjectMeta
      spec=CustomResourceDefinitionSpec status=CustomResourceDefinitionStatus
    CustomResourceDefinitionCondition: lastTransitionTime=s message=s reason=s status=s type=s
    CustomResourceDefinitionNames: categories=[s] kind=s listKind=s plural=s shortNames=[s]
      singular=s
    CustomResourceDefinitionSpec: conversion=CustomResourceConversion group=s
      names=CustomResourceDefinitionNames preserveUnknownFields=b scope=s
      versions=[CustomResourceDefinitionVersion]
    CustomResourceDefinitionStatus: acceptedNames=CustomResourceDefinitionNames
      conditions=[CustomResourceDefinitionCondition] storedVersions=[s]
    CustomResourceDefinitionVersion: additionalPrinterColumns=[CustomResourceColumnDefinition]
      deprecated=b deprecationWarning=s name=s schema=CustomResourceValidation selectableFields=[*]
      served=b storage=b subresources=CustomResourceSubresources
    CustomResourceSubresourceScale: labelSelectorPath=s specReplicasPath=s statusReplicasPath=s
    CustomResourceSubresources: scale=CustomResourceSubresourceScale status=*
    CustomResourceValidation: openAPIV3Schema=*
    DaemonEndpoint: Port=i
    DaemonSet: apiVersion=s kind=s metadata=ObjectMeta spec=DaemonSetSpec status=DaemonSetStatus
    DaemonSetCondition: lastTransitionTime=s message=s reason=s status=s type=s
    DaemonSetSpec: minReadySeconds=i revisionHistoryLimit=i selector=LabelSelector!
      template=PodTemplateSpec updateStrategy=DaemonSetUpdateStrategy
    DaemonSetStatus: collisionCount=i conditions=[DaemonSetCondition](type) currentNumberScheduled=i
      desiredNumberScheduled=i numberAvailable=i numberMisscheduled=i numberReady=i
      numberUnavailable=i observedGeneration=i updatedNumberScheduled=i
    DaemonSetUpdateStrategy: rollingUpdate=RollingUpdateDaemonSet type=s
    Deployment: apiVersion=s kind=s metadata=ObjectMeta spec=DeploymentSpec status=DeploymentStatus
    DeploymentCondition: lastTransitionTime=s lastUpdateTime=s message=s reason=s status=s type=s
    DeploymentSpec: minReadySeconds=i paused=b progressDeadlineSeconds=i replicas=i
      revisionHistoryLimit=i selector=LabelSelector! strategy=DeploymentStrategy
      template=PodTemplateSpec
    DeploymentStatus: availableReplicas=i collisionCount=i conditions=[DeploymentCondition](type)
      observedGeneration=i readyReplicas=i replicas=i unavailableReplicas=i updatedReplicas=i
    DeploymentStrategy: rollingUpdate=RollingUpdateDeployment type=s
    DownwardAPIProjection: items=[DownwardAPIVolumeFile]
    DownwardAPIVolumeFile: fieldRef=ObjectFieldSelector! mode=i path=s
      resourceFieldRef=ResourceFieldSelector!
    DownwardAPIVolumeSource: defaultMode=i items=[DownwardAPIVolumeFile]
    EmptyDirVolumeSource: medium=s sizeLimit=u
    Endpoint: addresses=[s]() conditions=EndpointConditions hostname=s nodeName=s
      targetRef=ObjectReference! topology={s}
    EndpointAddress: hostname=s ip=s nodeName=s targetRef=ObjectReference!
    EndpointConditions: ready=b serving=b terminating=b
    EndpointPort: appProtocol=s name=s port=i protocol=s
    EndpointSlice: addressType=s apiVersion=s endpoints=[Endpoint] kind=s metadata=ObjectMeta
      ports=[BDiscoveryEndpointPort!]
    EndpointSubset: addresses=[EndpointAddress!] notReadyAddresses=[EndpointAddress!]
      ports=[EndpointPort!]
    Endpoints: apiVersion=s kind=s metadata=ObjectMeta subsets=[EndpointSubset]
    EnvFromSource: configMapRef=ConfigMapEnvSource prefix=s secretRef=SecretEnvSource
    EnvVar: name=s value=s valueFrom=EnvVarSource
    EnvVarSource: configMapKeyRef=ConfigMapKeySelector! fieldRef=ObjectFieldSelector!
      resourceFieldRef=ResourceFieldSelector! secretKeyRef=SecretKeySelector!
    EphemeralContainer: args=[s] command=[s] env=[EnvVar](name) envFrom=[EnvFromSource] image=s
      imagePullPolicy=s lifecycle=Lifecycle livenessProbe=Probe name=s ports=[ContainerPort]
      readinessProbe=Probe resizePolicy=[ContainerResizePolicy] resources=ResourceRequirements
      restartPolicy=s securityContext=SecurityContext startupProbe=Probe stdin=b stdinOnce=b
      targetContainerName=s terminationMessagePath=s terminationMessagePolicy=s tty=b
      volumeDevices=[VolumeDevice](devicePath) volumeMounts=[VolumeMount](mountPath) workingDir=s
    EphemeralVolumeSource: readOnly=b volumeClaimTemplate=PersistentVolumeClaimTemplate
    Event: action=s apiVersion=s count=i eventTime=s firstTimestamp=s
      involvedObject=ObjectReference! kind=s lastTimestamp=s message=s metadata=ObjectMeta reason=s
      related=ObjectReference! reportingComponent=s reportingInstance=s series=EventSeries
      source=EventSource type=s
    EventSeries: count=i lastObservedTime=s
    EventSource: component=s host=s
    ExecAction: command=[s]
    ExternalMetricSource: metric=MetricIdentifier target=MetricTarget
    ExternalMetricStatus: current=MetricValueStatus metric=MetricIdentifier
    FCVolumeSource: fsType=s lun=i readOnly=b targetWWNs=[s] wwids=[s]
    FlexPersistentVolumeSource: driver=s fsType=s options={s} readOnly=b secretRef=SecretReference!
    FlexVolumeSource: driver=s fsType=s options={s} readOnly=b secretRef=LocalObjectReference!
    FlockerVolumeSource: datasetName=s datasetUUID=s
    GCEPersistentDiskVolumeSource: fsType=s partition=i pdName=s readOnly=b
    GRPCAction: port=i service=s
    GitRepoVolumeSource: directory=s repository=s revision=s
    GlusterfsPersistentVolumeSource: endpoints=s endpointsNamespace=s path=s readOnly=b
    GlusterfsVolumeSource: endpoints=s path=s readOnly=b
    HPAScalingPolicy: periodSeconds=i type=s value=i
    HPAScalingRules: policies=[HPAScalingPolicy] selectPolicy=s stabilizationWindowSeconds=i
    HTTPGetAction: host=s httpHeaders=[HTTPHeader] path=s port=q scheme=s
    HTTPHeader: name=s value=s
    HTTPIngressPath: backend=IngressBackend path=s pathType=s
    HTTPIngressRuleValue: paths=[HTTPIngressPath]
    Handler: exec=ExecAction httpGet=HTTPGetAction sleep=SleepAction tcpSocket=TCPSocketAction
    HorizontalPodAutoscaler: apiVersion=s kind=s metadata=ObjectMeta
      spec=HorizontalPodAutoscalerSpec status=HorizontalPodAutoscalerStatus
    HorizontalPodAutoscalerBehavior: scaleDown=HPAScalingRules scaleUp=HPAScalingRules
    HorizontalPodAutoscalerCondition: lastTransitionTime=s message=s reason=s status=s type=s
    HorizontalPodAutoscalerSpec: maxReplicas=i minReplicas=i
      scaleTargetRef=CrossVersionObjectReference! targetCPUUtilizationPercentage=i
    HorizontalPodAutoscalerStatus: currentCPUUtilizationPercentage=i currentReplicas=i
      desiredReplicas=i lastScaleTime=s observedGeneration=i
    HostAlias: hostnames=[s] ip=s
    HostPathVolumeSource: path=s type=s
    IPBlock: cidr=s except=[s]
    ISCSIPersistentVolumeSource: chapAuthDiscovery=b chapAuthSession=b fsType=s initiatorName=s
      iqn=s iscsiInterface=s lun=i portals=[s] readOnly=b secretRef=SecretReference! targetPortal=s
    ISCSIVolumeSource: chapAuthDiscovery=b chapAuthSession=b fsType=s initiatorName=s iqn=s
      iscsiInterface=s lun=i portals=[s] readOnly=b secretRef=LocalObjectReference! targetPortal=s
    Ingress: apiVersion=s kind=s metadata=ObjectMeta spec=IngressSpec status=IngressStatus
    IngressBackend: resource=TypedLocalObjectReference! service=IngressServiceBackend
    IngressClass: apiVersion=s kind=s metadata=ObjectMeta spec=IngressClassSpec
    IngressClassSpec: controller=s parameters=*
    IngressRule: host=s http=HTTPIngressRuleValue
    IngressServiceBackend: name=s port=ServiceBackendPort
    IngressSpec: defaultBackend=IngressBackend ingressClassName=s rules=[IngressRule]
      tls=[IngressTLS]
    IngressStatus: loadBalancer=LoadBalancerStatus
    IngressTLS: hosts=[s] secretName=s
    Job: apiVersion=s kind=s metadata=ObjectMeta spec=JobSpec status=JobStatus
    JobCondition: lastProbeTime=s lastTransitionTime=s message=s reason=s status=s type=s
    JobSpec: activeDeadlineSeconds=i backoffLimit=i backoffLimitPerIndex=i completionMode=s
      completions=i managedBy=s manualSelector=b maxFailedIndexes=i parallelism=i podFailurePolicy=*
      podReplacementPolicy=s selector=LabelSelector! successPolicy=* suspend=b
      template=PodTemplateSpec ttlSecondsAfterFinished=i
    JobStatus: active=i completedIndexes=s completionTime=s conditions=[JobCondition](type) failed=i
      failedIndexes=s ready=i startTime=s succeeded=i terminating=i uncountedTerminatedPods=*
    JobTemplateSpec: metadata=ObjectMeta spec=JobSpec
    KeyToPath: key=s mode=i path=s
    LabelSelector: matchExpressions=[LabelSelectorRequirement] matchLabels={s}
    LabelSelectorRequirement: key=s operator=s values=[s]
    Lease: apiVersion=s kind=s metadata=ObjectMeta spec=LeaseSpec
    LeaseSpec: acquireTime=s holderIdentity=s leaseDurationSeconds=i leaseTransitions=i renewTime=s
    Lifecycle: postStart=Handler preStop=Handler
    LimitRange: apiVersion=s kind=s metadata=ObjectMeta spec=LimitRangeSpec
    LimitRangeItem: default={u} defaultRequest={u} max={u} maxLimitRequestRatio={u} min={u} type=s
    LimitRangeSpec: limits=[LimitRangeItem]
    LoadBalancerIngress: hostname=s ip=s ports=[PortStatus]
    LoadBalancerStatus: ingress=[LoadBalancerIngress]
    LocalObjectReference: name=s
    LocalVolumeSource: fsType=s path=s
    ManagedFieldsEntry: apiVersion=s fieldsType=s fieldsV1=* manager=s operation=s time=s
    MatchCondition: expression=s name=s
    MetricIdentifier: name=s selector=LabelSelector!
    MetricSpec: containerResource=ContainerResourceMetricSource external=ExternalMetricSource
      object=ObjectMetricSource pods=PodsMetricSource resource=ResourceMetricSource type=s
    MetricStatus: containerResource=ContainerResourceMetricStatus external=ExternalMetricStatus
      object=ObjectMetricStatus pods=PodsMetricStatus resource=ResourceMetricStatus type=s
    MetricTarget: averageUtilization=i averageValue=u type=s value=u
    MetricValueStatus: averageUtilization=i averageValue=u value=u
    MutatingWebhook: admissionReviewVersions=[s]
      clientConfig=AdmissionregistrationWebhookClientConfig failurePolicy=s
      matchConditions=[MatchCondition](name) matchPolicy=s name=s namespaceSelector=LabelSelector!
      objectSelector=LabelSelector! reinvocationPolicy=s rules=[RuleWithOperations] sideEffects=s
      timeoutSeconds=i
    MutatingWebhookConfiguration: apiVersion=s kind=s metadata=ObjectMeta
      webhooks=[MutatingWebhook](name)
    NFSVolumeSource: path=s readOnly=b server=s
    Namespace: apiVersion=s kind=s metadata=ObjectMeta spec=NamespaceSpec status=NamespaceStatus
    NamespaceCondition: lastTransitionTime=s message=s reason=s status=s type=s
    NamespaceSpec: finalizers=[s]
    NamespaceStatus: conditions=[NamespaceCondition](type) phase=s
    NetworkPolicy: apiVersion=s kind=s metadata=ObjectMeta spec=NetworkPolicySpec
    NetworkPolicyEgressRule: ports=[NetworkPolicyPort] to=[NetworkPolicyPeer]
    NetworkPolicyIngressRule: from=[NetworkPolicyPeer] ports=[NetworkPolicyPort]
    NetworkPolicyPeer: ipBlock=IPBlock namespaceSelector=LabelSelector! podSelector=LabelSelector!
    NetworkPolicyPort: endPort=i port=q protocol=s
    NetworkPolicySpec: egress=[NetworkPolicyEgressRule] ingress=[NetworkPolicyIngressRule]
      podSelector=LabelSelector! policyTypes=[s]
    Node: apiVersion=s kind=s metadata=ObjectMeta spec=NodeSpec status=NodeStatus
    NodeAddress: address=s type=s
    NodeAffinity: preferredDuringSchedulingIgnoredDuringExecution=[PreferredSchedulingTerm]
      requiredDuringSchedulingIgnoredDuringExecution=NodeSelector!
    NodeCondition: lastHeartbeatTime=s lastTransitionTime=s message=s reason=s status=s type=s
    NodeConfigSource: configMap=ConfigMapNodeConfigSource
    NodeConfigStatus: active=NodeConfigSource assigned=NodeConfigSource error=s
      lastKnownGood=NodeConfigSource
    NodeDaemonEndpoints: kubeletEndpoint=DaemonEndpoint
    NodeSelector: nodeSelectorTerms=[NodeSelectorTerm!]
    NodeSelectorRequirement: key=s operator=s values=[s]
    NodeSelectorTerm: matchExpressions=[NodeSelectorRequirement]
      matchFields=[NodeSelectorRequirement]
    NodeSpec: configSource=NodeConfigSource externalID=s podCIDR=s podCIDRs=[s]() providerID=s
      taints=[Taint] unschedulable=b
    """
}
