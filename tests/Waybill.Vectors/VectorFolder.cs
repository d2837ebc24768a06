namespace Waybill.Vectors;

/// <summary>The committed vectors. What lies there is never replaced unless that is demanded.</summary>
internal sealed class VectorFolder(string directory)
{
    /// <summary>Compares the catalog with what lies in the folder and writes what is missing.</summary>
    /// <param name="vectors">The catalog.</param>
    /// <param name="write">Whether missing files are written; otherwise they are reported.</param>
    /// <param name="force">Whether files that differ are replaced, and files of no vector deleted.</param>
    /// <returns>What differs and was left as it is.</returns>
    public IReadOnlyList<string> Synchronize(IReadOnlyList<Vector> vectors, bool write, bool force)
    {
        List<string> differences = [];
        HashSet<string> known = new(StringComparer.Ordinal);
        Dictionary<string, VectorBundle> bundles = vectors.ToDictionary(v => v.Path, v => Load(v, force), StringComparer.Ordinal);
        foreach (Vector vector in vectors)
        {
            VectorBundle bundle = bundles[vector.Path];
            string file = $"{vector.Folder}/{VectorFile.NameOf(vector.Name, bundle.Bytes.Length)}";
            string description = VectorFile.Describe(
                vector, bundle, name => VectorFile.NameOf(name, bundles[$"{vector.Folder}/{name}"].Bytes.Length));
            known.Add(file);
            known.Add($"{vector.Path}.json");
            if (bundle.Detached is { } detached)
            {
                string beside = $"{vector.Folder}/{VectorFile.DetachedNameOf(vector.Name)}";
                known.Add(beside);
                Settle(beside, Exists(beside) && File.ReadAllText(PathOf(beside)) == detached, path => File.WriteAllText(path, detached));
            }

            Settle(file, Exists(file) && VectorFile.Read(PathOf(file)).AsSpan().SequenceEqual(bundle.Bytes), path => VectorFile.Write(path, bundle.Bytes));
            Settle(
                $"{vector.Path}.json",
                Exists($"{vector.Path}.json") && File.ReadAllText(PathOf($"{vector.Path}.json")) == description,
                path => File.WriteAllText(path, description));
        }

        foreach (string folder in vectors.Select(v => v.Folder).Distinct().Where(f => Directory.Exists(PathOf(f))))
        {
            foreach (string stray in Directory.EnumerateFiles(PathOf(folder)).Select(f => $"{folder}/{Path.GetFileName(f)}").Where(f => !known.Contains(f)))
            {
                if (write && force)
                {
                    File.Delete(PathOf(stray));
                }
                else
                {
                    differences.Add($"{stray} belongs to no vector of the catalog");
                }
            }
        }

        return differences;

        void Settle(string file, bool isSame, Action<string> save)
        {
            if (isSame)
            {
                return;
            }

            if (write && (force || !Exists(file)))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(PathOf(file))!);
                save(PathOf(file));
            }
            else
            {
                differences.Add(Exists(file) ? $"{file} is not what the generator makes" : $"{file} is missing");
            }
        }
    }

    /// <summary>Makes a vector, but keeps the bytes an encoder once chose.</summary>
    private VectorBundle Load(Vector vector, bool force)
    {
        VectorBundle made = vector.Make();
        string path = PathOf($"{vector.Folder}/{VectorFile.NameOf(vector.Name, made.Bytes.Length)}");
        return vector.IsEncoded && !force && File.Exists(path) ? made with { Bytes = VectorFile.Read(path) } : made;
    }

    private bool Exists(string file) => File.Exists(PathOf(file));

    private string PathOf(string file) => Path.Combine(directory, file);
}
