package casework

import "tiaojie.dev/tiaojie/internal/mediation"

func (s *Service) clocks(c mediation.Case) ([]Clock, error) { return nil, nil }

func (s *Service) lastDayToConfirm(c mediation.Case) (string, error) { return "", nil }
