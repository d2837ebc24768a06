namespace Waybill.Kubernetes;

/// <summary>What tells objects of a cluster apart at one moment. Versions are left out: they are views of the same object.</summary>
internal readonly record struct ObjectKey(string Group, string Kind, string Namespace, string Name)
{
    public static ObjectKey Core(string kind, string namespaceName, string name) => new("", kind, namespaceName, name);

    public override string ToString() => string.Join('/', new[] { Group, Kind, Namespace, Name }.Where(part => part.Length > 0));
}
