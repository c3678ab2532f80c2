// What the configuration allows to ask of Label Studio: everything with a key; without one, what the token allows that
// Label Studio sends along when it connects, as long as it names itself by the configured address.
import type { LabelStudioClient } from '../labelstudio/client.ts';
import type { SourcesOptions } from '../projects/sources.ts';
import type { Configuration } from './configuration.ts';

export async function studioOf(configuration: Configuration): Promise<SourcesOptions> {
  const { labelStudio, labelStudioUrl } = configuration;
  if (labelStudioUrl === null) return { source: null };
  // Most servers have no address of Label Studio, and start sooner without the client.
  const { LabelStudioClient } = await import('../labelstudio/client.ts');
  const { origin } = new URL(labelStudioUrl);
  const clientWith = (key: string): LabelStudioClient => new LabelStudioClient({ url: labelStudioUrl, key });
  if (labelStudio !== null) return { source: clientWith(labelStudio.apiKey) };
  // A token of one Label Studio must not be shown to another.
  return { source: null, sourceWith: (token, hostname) => (hostname === origin ? clientWith(token) : null) };
}
