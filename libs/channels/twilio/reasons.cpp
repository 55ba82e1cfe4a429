#include "libs/channels/twilio/reasons.h"

#include <algorithm>
#include <array>
#include <utility>

namespace centralita::channels::twilio {
namespace {

using Reason = std::pair<std::string_view, std::string_view>;

constexpr std::array kReasons{
    Reason{"11200", "Twilio no pudo leer una dirección nuestra."},
    Reason{"12300", "El archivo tiene un tipo que Twilio no acepta."},
    Reason{"14107", "Se superó el límite de envío de SMS; hay que esperar."},
    Reason{"20001", "Twilio no reconoció algún dato del mensaje."},
    Reason{"20003", "Las credenciales de Twilio no son válidas o no tienen permiso."},
    Reason{"20404", "La cuenta de Twilio configurada en el canal no existe."},
    Reason{"20429", "Twilio recibió demasiadas peticiones; hay que esperar."},
    Reason{"21211", "El número del destinatario no es válido."},
    Reason{"21212", "El número desde el que se envía no es válido."},
    Reason{"21408", "La cuenta de Twilio no tiene permiso para enviar SMS a ese país."},
    Reason{"21606", "El número del canal no puede enviar mensajes a ese destino."},
    Reason{"21608", "La cuenta de prueba de Twilio solo puede escribir a números verificados."},
    Reason{"21610", "La persona pidió no recibir más mensajes (STOP)."},
    Reason{"21614", "El número del destinatario no es un móvil."},
    Reason{"21617", "El mensaje pasa de 1600 caracteres."},
    Reason{"30001", "La cola de envío de Twilio está llena."},
    Reason{"30002", "La cuenta de Twilio está suspendida."},
    Reason{"30003", "El teléfono del destinatario está apagado o fuera de cobertura."},
    Reason{"30004", "El destinatario o su operador bloqueó el mensaje."},
    Reason{"30005", "El número del destinatario no existe o ya no está activo."},
    Reason{"30006", "El número es fijo o su operador no recibe mensajes."},
    Reason{"30007", "El operador filtró el mensaje como no deseado."},
    Reason{"30008", "El operador no entregó el mensaje y no dijo por qué."},
    Reason{"63001", "WhatsApp no aceptó las credenciales con que Twilio envía."},
    Reason{"63002", "WhatsApp no encontró el número desde el que se envía."},
    Reason{"63003", "WhatsApp no encontró al destinatario."},
    Reason{"63005", "WhatsApp no aceptó el contenido del mensaje."},
    Reason{"63006", "El contenido no se puede representar en este canal."},
    Reason{"63007", "El número configurado en el canal no está dado de alta en Twilio."},
    Reason{"63008", "El canal está mal configurado en Twilio."},
    Reason{"63009", "WhatsApp tuvo un error interno."},
    Reason{"63010", "Twilio tuvo un error interno con este mensaje."},
    Reason{"63011", "Twilio no pudo procesar la petición."},
    Reason{"63012", "WhatsApp tuvo un error interno."},
    Reason{"63013", "El mensaje incumple las políticas del canal."},
    Reason{"63014", "El destinatario bloqueó los mensajes de este número."},
    Reason{"63015", "El destinatario no se ha unido al entorno de pruebas de WhatsApp."},
    Reason{"63016", "Pasaron más de 24 horas desde el último mensaje del cliente: WhatsApp exige una plantilla."},
    Reason{"63017", "Se superó el límite de envío; hay que esperar."},
    Reason{"63018", "Se superó el límite de envío de WhatsApp; hay que esperar."},
    Reason{"63019", "Twilio no pudo descargar el archivo adjunto."},
    Reason{"63020", "Hay un problema con la cuenta de Meta Business del negocio."},
    Reason{"63021", "El contenido no es válido para este canal."},
    Reason{"63022", "WhatsApp no aceptó el certificado del nombre del negocio."},
    Reason{"63023", "El canal informó de un error general."},
    Reason{"63024", "El destinatario no puede recibir mensajes de WhatsApp."},
    Reason{"63025", "El archivo adjunto ya existe."},
    Reason{"63026", "El contenido se marcó como no deseado."},
    Reason{"63027", "La plantilla no existe en ese idioma."},
    Reason{"63028", "La plantilla espera otro número de datos."},
    Reason{"63029", "El destinatario no pudo descargar la plantilla."},
    Reason{"63030", "El mensaje lleva un dato que este canal no admite."},
    Reason{"63031", "El remitente y el destinatario son el mismo."},
    Reason{"63032", "WhatsApp no permite escribir a esta persona."},
    Reason{"63033", "El destinatario está bloqueado para recibir mensajes."},
    Reason{"63034", "El archivo adjunto es demasiado grande."},
    Reason{"63035", "El remitente RCS aún no está publicado y el destinatario no es de prueba."},
    Reason{"63036", "El número no recibe mensajes RCS ahora."},
    Reason{"63037", "El archivo adjunto no se pudo subir al canal."},
    Reason{"63038", "La cuenta de Twilio alcanzó su límite diario de mensajes."},
    Reason{"63039", "Meta pide escribir menos a esta persona fuera de la ventana de 24 horas."},
    Reason{"63040", "WhatsApp rechazó la plantilla."},
    Reason{"63041", "WhatsApp tiene la plantilla en pausa."},
};

constexpr std::array<std::string_view, 6> kTemporary{"14107", "20429", "30001", "63017", "63018", "63038"};

}  // namespace

std::string reason_of(std::string_view code) {
  for (const auto& [known, reason] : kReasons)
    if (known == code) return std::string(reason);
  if (code.empty()) return "Twilio no entregó el mensaje y no dijo por qué.";
  return "Twilio no entregó el mensaje (código " + std::string(code) + ").";
}

bool is_temporary(std::string_view code) {
  return std::find(kTemporary.begin(), kTemporary.end(), code) != kTemporary.end();
}

}  // namespace centralita::channels::twilio
