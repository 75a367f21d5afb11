import { delimiter, join } from 'node:path';

/** @returns {string[]} where Chromium, Chrome and Edge are usually installed on this kind of machine; not all exist */
export function systemChromiumPaths() {
  if (process.platform === 'darwin') return macPaths();
  if (process.platform === 'win32') return windowsPaths();
  return linuxPaths();
}

function linuxPaths() {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin', '/snap/bin'];
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
  const all = names.flatMap((name) => folders.filter((folder) => folder !== '').map((folder) => join(folder, name)));
  return [...new Set(all)];
}

function macPaths() {
  const names = ['Chromium', 'Google Chrome', 'Microsoft Edge'];
  const folders = ['/Applications', join(process.env['HOME'] ?? '', 'Applications')];
  return names.flatMap((name) => folders.map((folder) => join(folder, `${name}.app`, 'Contents/MacOS', name)));
}

function windowsPaths() {
  const programs = [
    'Chromium/Application/chrome.exe',
    'Google/Chrome/Application/chrome.exe',
    'Microsoft/Edge/Application/msedge.exe',
  ];
  const folders = ['LOCALAPPDATA', 'PROGRAMFILES', 'PROGRAMFILES(X86)'].map((name) => process.env[name]);
  return programs.flatMap((program) => folders.flatMap((folder) => (folder ? [join(folder, program)] : [])));
}
