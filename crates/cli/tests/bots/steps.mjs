// Description:
//   The steps that Hubot's StackStorm plugin takes, by the library that it takes them with.
//
// Commands are loaded and matched here, executed there; results come by the stream.

import st2client from 'st2client'

const TRAILING = '(\\s+\\S+\\s*=("[^"]*"|\'[^\']*\'|{[^}]*}|\\S+)\\s*)*'

const address = (text) => {
  const { protocol, hostname, port, pathname } = new URL(text)
  return { protocol: protocol.slice(0, -1), host: hostname, port, prefix: pathname }
}

// What is no pattern in JavaScript throws, as it does in the plugin.
const pattern = (format) => {
  const optional = format.replace(/\s*{{\s*\S+?\s*=.+?}}\s*/g, '\\s*([\\s\\S]+?)?\\s*')
  const required = optional.replace(/\s*{{.+?}}\s*/g, '\\s*([\\s\\S]+?)\\s*')
  return new RegExp(`^\\s*${required}${TRAILING}\\s*$`, 'i')
}

const logIn = async (robot, api) => {
  const { ST2_API_KEY, ST2_AUTH_URL, ST2_AUTH_USERNAME, ST2_AUTH_PASSWORD } = process.env
  if (ST2_API_KEY) return api.setKey({ key: ST2_API_KEY })
  const auth = st2client({ auth: address(ST2_AUTH_URL) })
  const renew = async () => {
    robot.logger.info('Requesting a token...')
    api.setToken(await auth.authenticate(ST2_AUTH_USERNAME, ST2_AUTH_PASSWORD))
  }
  auth.on('expiry', renew)
  await renew()
}

const load = async (robot, api) => {
  const commands = []
  const note = (alias, format) => commands.push({ alias, format, regex: pattern(format) })
  try {
    for (const alias of await api.actionAlias.list({ limit: -1 })) {
      for (const format of alias.enabled ? alias.formats : []) {
        robot.commands.push(`hubot ${format.display ?? format} - ${alias.description}`)
        if (!format.display) note(alias, format)
        for (const one of format.representation ?? []) note(alias, one)
      }
    }
    robot.logger.info(`${commands.length} commands are loaded`)
  } catch (error) {
    robot.logger.error(`Failed to retrieve commands: ${error.message}`)
  }
  return commands
}

const acknowledgement = ({ execution, actionalias, message }) => {
  const ack = actionalias.ack ?? {}
  if (ack.enabled === false) return null
  const address = ack.append_url === false ? '' : ` (details available at ${execution.web_url})`
  return `${message ?? `I'm on it! Your execution ID is ${execution.id}`}${address}`
}

export default async (robot) => {
  const { ST2_API_URL, ST2_STREAM_URL, ST2_ROUTE } = process.env
  const stream = ST2_STREAM_URL ? address(ST2_STREAM_URL) : undefined
  const api = st2client({ ...address(ST2_API_URL), stream })
  const post = ({ channel, user, whisper, message }) => {
    const [pretext, text] = message.split('{~}')
    const said = text === undefined ? pretext : `${pretext}\n${text}`
    robot.messageRoom(whisper ? user : channel, whisper || !user ? said : `${user}: ${said}`)
  }

  await logIn(robot, api)
  const source = await api.stream.listen()
  source.onerror = (error) => robot.logger.error(`Stream error: ${error.status ?? ''}`)
  source.addEventListener('st2.announcement__chatops', (event) => post(JSON.parse(event.data).payload))
  const commands = await load(robot, api)

  robot.respond(/([\s\S]+?)$/i, async (response) => {
    const command = response.match[1]
    const found = commands.find(({ regex }) => regex.test(command))
    if (!found) return
    const { user, room } = response.message
    try {
      const accepted = await api.aliasExecution.create({
        name: found.alias.name,
        format: found.format,
        command,
        user: user.name,
        source_channel: room,
        source_context: response.message,
        notification_route: ST2_ROUTE || 'hubot'
      })
      const said = acknowledgement(accepted)
      if (said) await response.send(said)
    } catch (error) {
      post({ channel: room, user: user.name, message: `I'm afraid I can't do that. {~} ${error.message}` })
    }
  })
}
