import type { Example } from './example.ts';
import { moderation } from './moderation.ts';
import { searchJudging } from './search-judging.ts';
import { summaryPreference } from './summary-preference.ts';
import { supportReplies } from './support-replies.ts';

export const examples: readonly Example[] = [supportReplies, moderation, searchJudging, summaryPreference];
