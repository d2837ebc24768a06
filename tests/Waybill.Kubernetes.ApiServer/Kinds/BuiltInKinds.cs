using System.Collections.Immutable;

namespace Waybill.Kubernetes.ApiServer.Kinds;

/// <summary>The kinds every server has.</summary>
internal static class BuiltInKinds
{
    private const string Table = """
        /v1 namespaces Namespace cluster status ns
        /v1 nodes Node cluster status no
        /v1 persistentvolumes PersistentVolume cluster status pv
        /v1 pods Pod namespaced status po
        /v1 services Service namespaced status svc
        /v1 configmaps ConfigMap namespaced - cm
        /v1 secrets Secret namespaced -
        /v1 serviceaccounts ServiceAccount namespaced - sa
        /v1 persistentvolumeclaims PersistentVolumeClaim namespaced status pvc
        /v1 endpoints Endpoints namespaced - ep
        /v1 events Event namespaced - ev
        /v1 replicationcontrollers ReplicationController namespaced status rc
        /v1 resourcequotas ResourceQuota namespaced status quota
        /v1 limitranges LimitRange namespaced - limits
        /v1 podtemplates PodTemplate namespaced -
        apps/v1 deployments Deployment namespaced status deploy
        apps/v1 statefulsets StatefulSet namespaced status sts
        apps/v1 daemonsets DaemonSet namespaced status ds
        apps/v1 replicasets ReplicaSet namespaced status rs
        apps/v1 controllerrevisions ControllerRevision namespaced -
        batch/v1 jobs Job namespaced status
        batch/v1 cronjobs CronJob namespaced status cj
        autoscaling/v2,v1 horizontalpodautoscalers HorizontalPodAutoscaler namespaced status hpa
        policy/v1 poddisruptionbudgets PodDisruptionBudget namespaced status pdb
        networking.k8s.io/v1 ingresses Ingress namespaced status ing
        networking.k8s.io/v1 networkpolicies NetworkPolicy namespaced - netpol
        networking.k8s.io/v1 ingressclasses IngressClass cluster -
        rbac.authorization.k8s.io/v1 roles Role namespaced -
        rbac.authorization.k8s.io/v1 rolebindings RoleBinding namespaced -
        rbac.authorization.k8s.io/v1 clusterroles ClusterRole cluster -
        rbac.authorization.k8s.io/v1 clusterrolebindings ClusterRoleBinding cluster -
        storage.k8s.io/v1 storageclasses StorageClass cluster - sc
        storage.k8s.io/v1 csidrivers CSIDriver cluster -
        storage.k8s.io/v1 csinodes CSINode cluster -
        storage.k8s.io/v1 volumeattachments VolumeAttachment cluster status
        storage.k8s.io/v1 csistoragecapacities CSIStorageCapacity namespaced -
        discovery.k8s.io/v1 endpointslices EndpointSlice namespaced -
        coordination.k8s.io/v1 leases Lease namespaced -
        scheduling.k8s.io/v1 priorityclasses PriorityClass cluster - pc
        node.k8s.io/v1 runtimeclasses RuntimeClass cluster -
        apiextensions.k8s.io/v1 customresourcedefinitions CustomResourceDefinition cluster status crd
        apiregistration.k8s.io/v1 apiservices APIService cluster status
        admissionregistration.k8s.io/v1 mutatingwebhookconfigurations MutatingWebhookConfiguration cluster -
        admissionregistration.k8s.io/v1 validatingwebhookconfigurations ValidatingWebhookConfiguration cluster -
        """;

    /// <summary>What is asked rather than kept: it can be created and nothing else.</summary>
    private const string Reviews = """
        authentication.k8s.io/v1 tokenreviews TokenReview cluster -
        authentication.k8s.io/v1 selfsubjectreviews SelfSubjectReview cluster -
        authorization.k8s.io/v1 subjectaccessreviews SubjectAccessReview cluster -
        authorization.k8s.io/v1 selfsubjectaccessreviews SelfSubjectAccessReview cluster -
        authorization.k8s.io/v1 localsubjectaccessreviews LocalSubjectAccessReview namespaced -
        """;

    public static ImmutableArray<ResourceKind> All { get; } =
        [.. Parse(Table), .. Parse(Reviews).Select(kind => kind with { Verbs = ["create"] })];

    private static IEnumerable<ResourceKind> Parse(string table)
    {
        foreach (string line in table.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] words = line.Split(' ');
            string[] api = words[0].Split('/');
            yield return new ResourceKind(api[0], words[1], words[2], words[3] == "namespaced")
            {
                Versions = [.. api[1].Split(',')],
                HasStatus = words[4] == "status",
                ShortNames = [.. words[5..]],
            };
        }
    }
}
