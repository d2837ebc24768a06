namespace Waybill.Kubernetes.Tests;

/// <summary>A small shop as clusters hold such things: two tiers, a database with storage, rights, a custom kind, and a neighbour in the same namespace.</summary>
internal static class Shop
{
    public const string WebDigest = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

    public static void Load(ClusterLab lab)
    {
        lab.LoadNamespace("shop");
        lab.LoadDefinition("example.com", "widgets", "Widget", "v1", "v1beta1");
        lab.LoadDefinition("snapshot.storage.k8s.io", "volumesnapshotclasses", "VolumeSnapshotClass", "v1");
        lab.Server.Kinds.Add(lab.Server.Kinds.Get("volumesnapshotclasses.snapshot.storage.k8s.io") with { IsNamespaced = false });
        lab.Load(Objects);
    }

    private const string Objects = """
        {"kind":"StorageClass","apiVersion":"storage.k8s.io/v1","metadata":{"name":"fast","uid":"uid-fast"},"provisioner":"disk.example.com"}
        ---
        {"kind":"StorageClass","apiVersion":"storage.k8s.io/v1","metadata":{"name":"slow"},"provisioner":"tape.example.com"}
        ---
        {"kind":"CSIDriver","apiVersion":"storage.k8s.io/v1","metadata":{"name":"disk.example.com"},"spec":{}}
        ---
        {"apiVersion":"snapshot.storage.k8s.io/v1","kind":"VolumeSnapshotClass","metadata":{"name":"disk-snapshots"},"driver":"disk.example.com","deletionPolicy":"Delete"}
        ---
        {"apiVersion":"snapshot.storage.k8s.io/v1","kind":"VolumeSnapshotClass","metadata":{"name":"tape-snapshots"},"driver":"tape.example.com","deletionPolicy":"Delete"}
        ---
        {"kind":"PriorityClass","apiVersion":"scheduling.k8s.io/v1","metadata":{"name":"high"},"value":100}
        ---
        {"kind":"PersistentVolume","apiVersion":"v1","metadata":{"name":"pv-1","uid":"uid-pv-1"},"spec":{"capacity":{"storage":"10Gi"},"storageClassName":"fast","claimRef":{"namespace":"shop","name":"data-db-0","uid":"uid-claim"},"csi":{"driver":"disk.example.com","volumeHandle":"vol-17","fsType":"ext4"}}}
        ---
        {"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":{"name":"data-db-0","namespace":"shop","uid":"uid-claim","labels":{"app":"db"},"annotations":{"pv.kubernetes.io/bind-completed":"yes"}},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"8Gi"}},"storageClassName":"fast","volumeMode":"Filesystem","volumeName":"pv-1"},"status":{"phase":"Bound","capacity":{"storage":"10Gi"}}}
        ---
        {"kind":"ServiceAccount","apiVersion":"v1","metadata":{"name":"web","namespace":"shop"}}
        ---
        {"kind":"ClusterRole","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"reader"},"rules":[]}
        ---
        {"kind":"ClusterRole","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"other"},"rules":[]}
        ---
        {"kind":"ClusterRoleBinding","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"web-reads"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"reader"},"subjects":[{"kind":"ServiceAccount","namespace":"shop","name":"web"}]}
        ---
        {"kind":"ClusterRoleBinding","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"others-read"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"other"},"subjects":[{"kind":"ServiceAccount","namespace":"elsewhere","name":"web"}]}
        ---
        {"kind":"Role","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"leader","namespace":"shop"},"rules":[]}
        ---
        {"kind":"RoleBinding","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"leader","namespace":"shop"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"leader"},"subjects":[{"kind":"ServiceAccount","name":"web","namespace":"shop"}]}
        ---
        {"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"web-config","namespace":"shop"},"data":{"settings":"orders=postgres://app:pw@orders.db.example.org:5432/orders?sslmode=require","html":"\u003cb\u003e"}}
        ---
        {"kind":"Secret","apiVersion":"v1","metadata":{"name":"login","namespace":"shop","labels":{"hush":"hush"}},"data":{"password":"aHVudGVyMg=="},"type":"Opaque"}
        ---
        {"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"web","namespace":"shop","uid":"uid-web","labels":{"app":"web"},"annotations":{"owner":"ann"}},"spec":{"replicas":1,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"serviceAccountName":"web","priorityClassName":"high","containers":[{"name":"web","image":"registry.example.org/web:1.2","envFrom":[{"configMapRef":{"name":"web-config"}}],"env":[{"name":"P","valueFrom":{"secretKeyRef":{"name":"login","key":"password"}}},{"name":"CACHE","value":"redis://cache.example.org:6379"}]}]}}}}
        ---
        {"kind":"ReplicaSet","apiVersion":"apps/v1","metadata":{"name":"web-5f","namespace":"shop","uid":"uid-web-5f","labels":{"app":"web"},"ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"web","uid":"uid-web","controller":true}]},"spec":{"selector":{"matchLabels":{"app":"web"}}}}
        ---
        {"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-5f-x1","namespace":"shop","uid":"uid-web-5f-x1","labels":{"app":"web"},"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-5f","uid":"uid-web-5f","controller":true}]},"spec":{"serviceAccountName":"web","containers":[{"name":"web","image":"registry.example.org/web:1.2"}]},"status":{"phase":"Running","containerStatuses":[{"name":"web","image":"registry.example.org/web:1.2","imageID":"registry.example.org/web@sha256:1111111111111111111111111111111111111111111111111111111111111111"}]}}
        ---
        {"kind":"Service","apiVersion":"v1","metadata":{"name":"web","namespace":"shop","uid":"uid-svc-web"},"spec":{"clusterIP":"10.96.1.1","clusterIPs":["10.96.1.1"],"ports":[{"port":80}],"selector":{"app":"web"},"type":"ClusterIP"}}
        ---
        {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"web-abc","namespace":"shop","labels":{"endpointslice.kubernetes.io/managed-by":"endpointslice-controller.k8s.io"},"ownerReferences":[{"apiVersion":"v1","kind":"Service","name":"web","uid":"uid-svc-web","controller":true}]},"addressType":"IPv4","endpoints":[]}
        ---
        {"kind":"Ingress","apiVersion":"networking.k8s.io/v1","metadata":{"name":"front","namespace":"shop"},"spec":{"rules":[{"http":{"paths":[{"path":"/","pathType":"Prefix","backend":{"service":{"name":"web","port":{"number":80}}}}]}}]}}
        ---
        {"kind":"HorizontalPodAutoscaler","apiVersion":"autoscaling/v2","metadata":{"name":"web","namespace":"shop"},"spec":{"maxReplicas":5,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"}}}
        ---
        {"kind":"StatefulSet","apiVersion":"apps/v1","metadata":{"name":"db","namespace":"shop","uid":"uid-db","labels":{"app":"db"}},"spec":{"serviceName":"db","selector":{"matchLabels":{"app":"db"}},"template":{"metadata":{"labels":{"app":"db"}},"spec":{"containers":[{"name":"db","image":"postgres:17"}]}},"volumeClaimTemplates":[{"metadata":{"name":"data"},"spec":{"storageClassName":"fast"}}]}}
        ---
        {"kind":"Service","apiVersion":"v1","metadata":{"name":"db","namespace":"shop"},"spec":{"clusterIP":"None","selector":{"app":"db"}}}
        ---
        {"kind":"Service","apiVersion":"v1","metadata":{"name":"mail","namespace":"shop"},"spec":{"type":"ExternalName","externalName":"mail.example.org"}}
        ---
        {"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"wheel","namespace":"shop","uid":"uid-wheel"},"spec":{"auth":{"secretRef":{"name":"login"}}}}
        ---
        {"kind":"Event","apiVersion":"v1","metadata":{"name":"e1","namespace":"shop"},"reason":"Pulled"}
        ---
        {"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"neighbour","namespace":"shop","uid":"uid-neighbour","labels":{"app":"neighbour"}},"spec":{"selector":{"matchLabels":{"app":"neighbour"}},"template":{"metadata":{"labels":{"app":"neighbour"}},"spec":{"containers":[{"name":"n","image":"n:1"}]}}}}
        ---
        {"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"elsewhere","namespace":"default"},"data":{}}
        """;
}
