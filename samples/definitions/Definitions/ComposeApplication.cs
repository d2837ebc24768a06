using Waybill.Samples.Definitions.Compose;
using Waybill.Samples.Definitions.Documents;

namespace Waybill.Samples.Definitions;

/// <summary>Reads Docker Compose files as definitions of applications.</summary>
public static class ComposeApplication
{
    /// <summary>Reads a file.</summary>
    /// <param name="file">Its bytes. They become the definition as they are and must not change afterwards.</param>
    /// <param name="options">What is known beside it.</param>
    /// <returns>The application, its volumes, and what its bundles will not hold.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.ResourceInvalid"/> if it is not valid, or if something of it cannot be known from it alone, such as <c>include</c>;
    /// <see cref="WaybillErrorCode.LimitExceeded"/> if it is larger or nested deeper than any real one.
    /// </exception>
    /// <exception cref="ArgumentException"><paramref name="options"/> has a file that nothing names, or two volumes that are one.</exception>
    public static DefinedApplication Read(ReadOnlyMemory<byte> file, ComposeOptions? options = null)
    {
        options ??= new ComposeOptions();
        string fileName = options.FileName.Length > 0 ? options.FileName : "compose.yaml";
        return new ComposeReader(YamlReader.Read(fileName, file.Span), file, options).Read();
    }
}
