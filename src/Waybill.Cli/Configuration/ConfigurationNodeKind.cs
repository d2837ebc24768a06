namespace Waybill.Cli.Configuration;

/// <summary>What a value of the configuration file is.</summary>
internal enum ConfigurationNodeKind
{
    Scalar = 0,
    Mapping = 1,
    List = 2,
}
