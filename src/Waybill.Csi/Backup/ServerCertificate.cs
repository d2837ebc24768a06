using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Waybill.Csi.Backup;

/// <summary>The server's certificate, read again when its file changes: certificates are renewed while the server runs.</summary>
internal sealed class ServerCertificate : IDisposable
{
    private readonly string _certificateFile;
    private readonly string _keyFile;
    private readonly Lock _reading = new();
    private X509Certificate2 _current;
    private DateTime _written;

    private ServerCertificate(string certificateFile, string keyFile)
    {
        _certificateFile = certificateFile;
        _keyFile = keyFile;
        _written = GetWritten();
        _current = Read();
    }

    /// <summary>Reads a certificate and its key.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ConfigurationInvalid"/>.</exception>
    public static ServerCertificate Open(string certificateFile, string keyFile)
    {
        try
        {
            return new ServerCertificate(certificateFile, keyFile);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new WaybillException(WaybillErrorCode.ConfigurationInvalid, $"The certificate of the server cannot be used: {e.Message}", e)
            {
                ObjectName = certificateFile,
            };
        }
    }

    /// <summary>Gets the certificate as it is in the file now. One that cannot be read does not replace the one before.</summary>
    public X509Certificate2 Get()
    {
        lock (_reading)
        {
            try
            {
                DateTime written = GetWritten();
                if (written != _written)
                {
                    // The one before may still be in use by a handshake; it is left to the collector.
                    _current = Read();
                    _written = written;
                }
            }
            catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
            {
                // Half of it was written. The next connection looks again.
            }

            return _current;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _current.Dispose();

    // A secret that is mounted into a pod is links, and renewed by turning them elsewhere: they themselves never change.
    private DateTime GetWritten() => (File.ResolveLinkTarget(_certificateFile, returnFinalTarget: true) ?? new FileInfo(_certificateFile)).LastWriteTimeUtc;

    private X509Certificate2 Read() => X509Certificate2.CreateFromPemFile(_certificateFile, _keyFile);
}
