namespace Waybill.Cli.Clusters;

/// <summary>What of a cluster a command has to do with.</summary>
internal enum ClusterReach
{
    Objects,

    Data,

    ObjectsAndData,
}
