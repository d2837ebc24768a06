namespace Waybill.Cli.Json;

/// <summary>Whose data a bundle holds.</summary>
internal sealed record ApplicationJson(string Id, string Name, OriginJson Origin)
{
    public static ApplicationJson Of(ApplicationIdentity application) =>
        new(application.Id.ToString(), application.Name, OriginJson.Of(application.Origin));
}
