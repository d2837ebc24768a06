using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Where a service of a driver is, as an object of the cluster with the driver's name says: <c>spec.address</c>, <c>spec.audience</c> and <c>spec.caCert</c>.</summary>
internal sealed record ServicePlace(string Address, string Audience, ReadOnlyMemory<byte> Authorities)
{
    /// <summary>Reads the spec of such an object.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ConfigurationInvalid"/> if it leaves anything out.</exception>
    public static ServicePlace Read(string kind, string service, string driver, JsonElement spec)
    {
        string address = spec.Text("address");
        string audience = spec.Text("audience");
        string encoded = spec.Text("caCert");
        byte[] authorities = new byte[encoded.Length];
        return address.Length > 0 && audience.Length > 0 && Convert.TryFromBase64String(encoded, authorities, out int length)
            ? new ServicePlace(address, audience, authorities.AsMemory(0, length))
            : throw new WaybillException(WaybillErrorCode.ConfigurationInvalid, $"The {kind} '{driver}' does not say where the {service} is, for which audience, and with which certificate")
            {
                ObjectName = driver,
            };
    }
}
